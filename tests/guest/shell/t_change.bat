@echo off
echo @echo off> self.bat
echo echo first>> self.bat
echo del self.bat>> self.bat
call self
if not exist self.bat echo deleted itself
echo @echo off> self.bat
echo if exist self2.bat goto end>> self.bat
echo copy self.bat self2.bat ^> nul>> self.bat
echo echo echo appended^>^> self.bat>> self.bat
echo :end>> self.bat
del self.bat
echo @echo off> grow.bat
copy grow.bat+grow2.txt > nul
call grow
del grow.bat
echo @del mid.bat> mid.bat
echo @echo wrong>> mid.bat
call mid
echo end
