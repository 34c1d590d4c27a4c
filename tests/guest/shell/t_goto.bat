@echo off
goto first
echo wrong 1
:first
echo first
goto longlabelname
echo wrong 2
:longlabeXXX
echo eight characters count
goto :colon
echo wrong 3
  :colon
echo colon
set n=
:loop
set n=%n%x
if not %n%==xxxx goto loop
echo %n%
set n=
goto UPPER
echo wrong 4
:upper comment behind
echo case does not matter
for %%a in (1 2 3) do goto out
echo wrong 5
:out
echo left the loop
call gosub one
echo back
goto nowhere
echo wrong 6
