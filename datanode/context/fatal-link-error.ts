/** The failure of the link to the NameNode that ends a DataNode. */

/** Thrown when no further attempt can help: the NameNode refuses this DataNode, or too many volumes have failed. */
export class FatalLinkError extends Error {
  override readonly name = 'FatalLinkError';
}
