@echo off
md ldir
copy say1.com ldir\order.com > nul
copy say2.com ldir\order.exe > nul
echo @echo batch file> ldir\order.bat
copy say2.com ldir\only.exe > nul
echo @echo only batch %%1 %%2> ldir\third.bat
ldir\order
ldir\order.exe
call ldir\order.bat
path a:\;a:\ldir
order
only
call third x y
call third.bat x/y
args
args a b
args /x first.txt *.c
ARGS	tab
args/slash
a:args a:name.ext lower
a:\args x y.z
nosuch
nosuch.com
ldir\nosuch
args.txt
order > nul
scribble
if errorlevel 7 echo reloaded
%comspec% /c rc 42
if errorlevel 42 if not errorlevel 43 echo child level 42
%comspec% /c echo child
%comspec% /c ldir\third 1 2
for %%f in (ldir\*.*) do del %%f
rd ldir
