/**
 * The words by which a DataNode tells that the transactions of its NameNode have gone back, as after an old copy of the name
 * directory was put back. They go in the message of DatanodeProtocol's errorReport; Hadoop's NameNode logs them.
 */
const WORDS = 'The last transaction of the NameNode has gone back';

/** Returns the message. @param from the highest transaction that the DataNode was told of */
export const oldCopyReport = (from: number, to: number): string =>
  `${WORDS} from ${from} to ${to}: its name directory may be an old copy`;

/** Whether the message of an error report tells of an old copy. */
export const tellsOfOldCopy = (message: string): boolean => message.startsWith(WORDS);
