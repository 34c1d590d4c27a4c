@echo off
for %%a in (1 2 3) do echo member %%a
for %%A in (x,y;z) do echo %%A%%A
md fordir
echo 1> fordir\one.txt
echo 2> fordir\two.txt
echo 3> fordir\three.dat
for %%f in (fordir\*.txt) do type %%f
for %%f in (fordir\*.txt fordir\*.dat other) do echo %%f
for %%f in (fordir\*.no) do echo wrong %%f
for %%a in () do echo wrong empty
for %%a in (a b) do call forsub %%a
for %%a in (a b) do if %%a==b echo only %%a
for %%a in (1 2) do echo line %%a>> fordir\out
type fordir\out
for %%a in (one two) do echo %%a| filter
set x=value
for %%a in (%x%) do echo %%a of %x%
set x=
for %%f in (fordir\*.*) do del %%f
rd fordir
if not exist fordir\nul echo cleaned
