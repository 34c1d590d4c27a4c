@echo off
echo MZ12> bad.exe
bad
echo level and shell are alive
del bad.exe
