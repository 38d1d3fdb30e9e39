#!/usr/bin/env python3
"""Cut the power of a mounted ext4 file system: power-cut.py MOUNTPOINT

What was not synced is lost: neither dirty pages nor the file system's own journal are flushed.
Only for a loop mount made for a test.
"""

import fcntl
import os
import struct
import sys

EXT4_IOC_SHUTDOWN = 0x8004587D  # _IOR('X', 125, __u32)
NO_LOG_FLUSH = 2

mountpoint = os.open(sys.argv[1], os.O_RDONLY | os.O_DIRECTORY)
fcntl.ioctl(mountpoint, EXT4_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
