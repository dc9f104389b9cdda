/** A reader of one record, for formats whose splits carry their record with them. */
import type { AsyncRecordReader } from './format.ts';

export function oneRecord<K, V>(key: K, value: V): AsyncRecordReader<K, V> {
  let isRead = false;
  return {
    key,
    value,
    get progress() {
      return isRead ? 1 : 0;
    },
    next() {
      const isFirst = !isRead;
      isRead = true;
      return isFirst;
    },
    close: () => undefined,
  };
}
