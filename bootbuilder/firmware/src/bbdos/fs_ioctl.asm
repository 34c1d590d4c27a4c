section doscode
blk_query:
blk_ioctl: mov ax,DEV_ERROR|3
 ret
