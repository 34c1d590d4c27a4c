@echo off
echo one> r1
echo two>> r1
echo three >>r1
type r1
filter < r1
filter < r1 > r2
type r2
>r3 echo redirection first
type r3
echo "quoted > sign | and < more"
echo hidden > nul
echo b| filter
echo c| filter| filter
type r1 | filter | filter > r4
type r4
if exist r1 type r1| filter
echo a>r1
echo b>>r1
type r1
filter <r1 >r2
copy r2 con > nul
del r1
del r2
del r3
del r4
call rbatch > r5
type r5
del r5
rbatch | filter
filter < nothere
dir /b *.$$$
