:next
if "%1"=="" goto done
echo %0 %1 %9
shift
goto next
:done
