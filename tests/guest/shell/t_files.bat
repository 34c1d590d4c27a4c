@echo off
md fdir
md fdir\sub
md fdir
cd fdir
cd
echo 1> a.txt
echo 2> b.txt
echo 3> c.dat
ren a.txt x.txt
ren *.txt *.old
ren c.dat ?z.*
dir /b /on
ren nothere x
ren x.old b.old
cd sub
cd ..\..
rd fdir
cd fdir\sub
echo deep> deep.txt
cd..
type sub\deep.txt
del sub\deep.txt
attrib +r b.old
attrib b.old
del b.old
attrib -r b.old
del b.old
if not exist b.old echo deleted
move x.old sub
dir /b sub
move sub\x.old moved.txt
type moved.txt
del nothere
echo y| del *.*
dir /b
rd sub
cd\
rd fdir
if not exist fdir\nul echo cleaned
cd nodir
md nodir\x
rd nodir
type nothere
truename rc.com
