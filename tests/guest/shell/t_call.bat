@echo off
call sub1 a b,c;d=e f
echo back in call
call sub2 1 2 3 4 5 6 7 8 9 10 11
call sub3
call nosuch
chain rest of line
echo wrong: chain does not return
