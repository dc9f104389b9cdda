/** The id of the state of the tree in which a path is looked up. */

/** The id of the current state of the tree (Hadoop: Snapshot.CURRENT_STATE_ID). Ids of snapshots are smaller. */
export const CURRENT_STATE_ID = 0x7fff_fffe;
