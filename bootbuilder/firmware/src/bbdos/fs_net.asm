section doscode
%macro nonet 1-*
%rep %0
net_%1: 
%rotate 1
%endrep
%endmacro
nonet open,read,write,commit,close,lock,seek_end,find,find_next,mkdir,rmdir,chdir,delete,attr,rename,space
  mov ax,5
  stc
  ret
net_close_all:
net_truename:
  ret
