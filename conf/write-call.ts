/**
 * Bytes that one system call writes to a file at most: eight pages. For more the kernel goes past its lists of pages that
 * were just freed and takes memory that has to be cleared or, on a virtual machine, fetched from the host
 * (docs/decisions/file-writes.md).
 */
export const WRITE_CALL_BYTES_MAX = 32 * 1024;
