/** Failures that concern a path, in the words of Hadoop. */
import { HadoopError } from '../../../runtime/errors.ts';

/** The Path…Exceptions of Hadoop, with their words. */
const KINDS = {
  io: ['PathIOException', 'Input/output error'],
  notFound: ['PathNotFoundException', 'No such file or directory'],
  exists: ['PathExistsException', 'File exists'],
  isDirectory: ['PathIsDirectoryException', 'Is a directory'],
  isNotDirectory: ['PathIsNotDirectoryException', 'Is not a directory'],
  notEmpty: ['PathIsNotEmptyDirectoryException', 'Directory is not empty'],
  operation: ['PathOperationException', 'Operation not supported'],
} as const;

export type PathErrorKind = keyof typeof KINDS;

export interface PathErrorDetail {
  /** Stands in place of the kind's own words. */
  readonly error?: string;
  /** Stands in front, such as `rename`. */
  readonly operation?: string;
  readonly target?: string;
  /** The whole URI; printed at the end if it differs from the path. */
  readonly qualified?: string;
}

/** ``rename `a' to `b': Input/output error``, ``mkdir: `/x': File exists`` without the command's name. */
export class PathError extends HadoopError {
  readonly kind: PathErrorKind;

  constructor(kind: PathErrorKind, path: string, detail: PathErrorDetail = {}) {
    super(`org.apache.hadoop.fs.${KINDS[kind][0]}`, message(kind, path, detail));
    this.kind = kind;
  }
}

function message(kind: PathErrorKind, path: string, detail: PathErrorDetail): string {
  const operation = detail.operation ? `${detail.operation} ` : '';
  const target = detail.target === undefined ? '' : ` to \`${detail.target}'`;
  const qualified = detail.qualified === undefined || detail.qualified === path ? '' : `: \`${detail.qualified}'`;
  return `${operation}\`${path}'${target}: ${detail.error ?? KINDS[kind][1]}${qualified}`;
}
