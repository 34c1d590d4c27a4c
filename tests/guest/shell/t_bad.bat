@echo off
bad
echo the shell is alive
