/** The failures of a copy that callers tell apart, by the Java classes of Hadoop. */
import { HadoopError } from '../../runtime/errors.ts';

export const INVALID_INPUT = 'org.apache.hadoop.tools.CopyListing$InvalidInputException';
export const DUPLICATE_FILE = 'org.apache.hadoop.tools.CopyListing$DuplicateFileException';
export const ACLS_NOT_SUPPORTED = 'org.apache.hadoop.tools.CopyListing$AclsNotSupportedException';
export const XATTRS_NOT_SUPPORTED = 'org.apache.hadoop.tools.CopyListing$XAttrsNotSupportedException';

export const invalidInput = (message: string): HadoopError => new HadoopError(INVALID_INPUT, message);

/** A source that can't be read. With -i, the copy goes on without it. */
export class CopyReadError extends HadoopError {
  constructor(cause: unknown) {
    const { javaClass, message } = HadoopError.from(cause);
    const name = 'org.apache.hadoop.tools.mapred.RetriableFileCopyCommand$CopyReadException';
    super(name, `${javaClass}: ${message}`, cause);
  }
}

/** Returns the text of a failure as Java prints it: each cause on a line of its own. */
export function withCauses(failure: HadoopError): string {
  const lines = [`${failure.javaClass}: ${failure.message}`];
  for (let { cause } = failure; cause instanceof Error; cause = cause.cause as typeof cause) {
    const { javaClass, message } = HadoopError.from(cause);
    lines.push(`Caused by: ${javaClass}: ${message}`);
  }
  return lines.join('\n');
}
