echo [%0] [%1] [%2] [%3] [%4] [%5] [%6] [%7]
call sub4 deeper %1
echo after sub4 [%1]
