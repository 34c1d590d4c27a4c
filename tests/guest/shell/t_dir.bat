@echo off
path a:\
md ddir
md ddir\sub
cd ddir
echo 1> b.txt
echo 22> a.dat
echo 333> c.txt
echo h> hidden.txt
attrib +h hidden.txt
attrib +r c.txt
echo deep> sub\deep.txt
dir /b /on
echo --
dir /b /o-n
echo --
dir /b /os
echo --
dir /b /o-s
echo --
dir /b /oen
echo --
dir /b /a /on
echo --
dir /b /ah
echo --
dir /b /ad
echo --
dir /b /a-d-h /on
echo --
dir /b /ar
echo --
dir /b *.txt /on
echo --
dir /b b
dir /b .dat
dir /s /b /on
echo --
dir /b nothere
dir /b nodir\x
dir /w /on > w
filter < w
attrib -r c.txt
attrib -h hidden.txt
del sub\deep.txt
echo y| del *.*
rd sub
cd ..
rd ddir
