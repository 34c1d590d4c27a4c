@echo off
call t_circle
call t_circle
echo wrong
