/** The failure of the link to the NameNode that ends a DataNode. */

/** Thrown when this DataNode can't work with the NameNode, or not at all, however often it tries: it has to stop. */
export class FatalLinkError extends Error {
  override readonly name = 'FatalLinkError';
}
