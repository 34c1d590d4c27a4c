@echo off
rc 0
if errorlevel 0 echo level 0
if errorlevel 1 echo wrong 1
rc 3
if errorlevel 3 echo level 3
if errorlevel 2 echo level 2
if errorlevel 4 echo wrong 4
if not errorlevel 4 echo not 4
rc 255
if errorlevel 255 echo level 255
if errorlevel=255 echo level with equals sign
if a==a echo same
if a==A echo wrong case
if not a==b echo different
if "%1"=="" echo no parameter
if "a b"=="a b" echo quoted blanks
if %novar%.==. echo empty variable
if a == a echo blanks around
if not a==a echo wrong not
if a==a if b==b echo nested
if a==a if not b==b echo wrong nested
if exist rc.com echo exists
if exist *.com echo wildcard exists
if exist nothere.xyz echo wrong exists
if not exist nothere.xyz echo not there
if exist q:\nul echo wrong drive
md ifdir
if exist ifdir\nul echo directory
if exist nodir\nul echo wrong directory
if exist nul echo device
if not exist ifdir\x echo no file in it
rd ifdir
if not exist ifdir\nul echo directory gone
if a==b echo x > ifgone
if exist ifgone echo wrong redirection
if a==a echo y> ifthere
if exist ifthere type ifthere
if not exist ifnew echo z> ifnew
if exist ifnew type ifnew
del ifthere
del ifnew
if a==b goto wrong
if a==a goto right
:wrong
echo wrong label
:right
echo end
