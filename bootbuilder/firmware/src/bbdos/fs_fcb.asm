section doscode
%macro nofn 1-*
%rep %0
fs_21_%1: 
%rotate 1
%endrep
%endmacro
nofn 0f,10,11,12,13,14,15,16,17,21,22,23,24,27,28,29,69
  mov bx,[user_frame]
  mov byte [bx+frame.ax],0xff
  stc
  ret
