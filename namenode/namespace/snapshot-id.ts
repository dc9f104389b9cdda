/** Which state of the tree a path is looked up in. */

/** Snapshot.CURRENT_STATE_ID: the tree as it is now, and not as a snapshot kept it. Ids of snapshots are smaller. */
export const CURRENT_STATE_ID = 0x7fff_fffe;
