@echo off
echo typed value> in.txt
set /p v=Question: < in.txt
echo [%v%]
date < in0.txt > out.txt
time < in0.txt > out.txt
date 02-29-2004
date < in0.txt
time 13:14:15
date 02-30-2004
time 25:00
date 11-22-2026
verify
verify on
verify
verify off
break on
break
break off
echo
ver > nul
chcp 9999
label shelltest
vol | filter
label a:two words
vol | filter
label bad*name
del in.txt
del out.txt
