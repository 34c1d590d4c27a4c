@echo off
set foo=bar
echo %foo% %FOO% %Foo%
set FOO=with blanks  inside
echo [%foo%]
set foo=
echo [%foo%]
echo 100%% %%foo%% 5%
set a=1
set b=%a%2
echo %b%
set path=a:\;c:\dos
path
path ;
path
path=a:\
path
prompt $p$g
echo %prompt%
set prompt=
set long=0123456789012345678901234567890123456789012345678901234567890123456789
set l1=%long%
set l2=%long%
set l3=%long%
set l4=%long%
set l5=%long%
set l6=%long%
set l7=%long%
set l8=%long%
set l9=%long%
set la=%long%
set lb=%long%
if "%lb%"=="" echo did not fit
set long=
set l1=
set l2=
set short=fits again
echo %short%
echo.
echo.text
echo(paren
echo:colon
echo /slash
echo   leading
