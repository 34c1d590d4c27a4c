@echo off
md cdir
echo one> c1.txt
echo two> c2.txt
copy c1.txt cdir
type cdir\c1.txt
copy c1.txt cdir\new.txt
copy c?.txt cdir\*.bak
dir /b /on cdir
copy c1.txt+c2.txt c3.txt
type c3.txt
copy c1.txt + c2.txt
type c1.txt
copy /b c2.txt+c2.txt c4.txt
type c4.txt
copy c2.txt c2.txt
copy nothere.txt x
copy c2.txt nul
copy c2.txt nodir\x
copy c*.txt all
type all
copy c2.txt cdir\ /y
cd cdir
copy ..\c3.txt
cd ..
type cdir\c3.txt
copy /b nul empty
if exist empty echo empty there
del all
del empty
del c?.txt
for %%f in (cdir\*.*) do del %%f
rd cdir
if not exist cdir\nul echo cleaned
