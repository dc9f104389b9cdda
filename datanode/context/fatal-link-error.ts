/** The failure of the link to the NameNode that ends a DataNode. */

/** The NameNode and this DataNode can never work together, or the DataNode can't work at all: it has to stop. */
export class FatalLinkError extends Error {
  override readonly name = 'FatalLinkError';
}
