@echo off
copy /b bad.txt bad.exe > nul
bad
echo the shell is alive
del bad.exe
