@echo off
echo y| choice
if errorlevel 1 if not errorlevel 2 echo level 1
echo n| choice Continue
if errorlevel 2 if not errorlevel 3 echo level 2
echo c| choice /c:abc Pick one
if errorlevel 3 if not errorlevel 4 echo level 3
echo b| choice /cabc /n Pick one:
if errorlevel 2 if not errorlevel 3 echo level 2
echo B| choice /c:abB /s Case
if errorlevel 3 echo level 3
choice /c:xyz /t:y,1 Wait
if errorlevel 2 if not errorlevel 3 echo level 2
choice /t:q,1
if errorlevel 255 echo level 255
