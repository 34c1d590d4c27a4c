echo in %0 with %1
goto end
echo wrong gosub
:end
