/** The name of a generated enum's number, as 'DISK' of StorageTypeProto; undefined for a number that has none. */
export function enumName<Name extends string>(
  numbers: Readonly<Record<Name, number>>,
  number: number | undefined,
): Name | undefined {
  for (const name in numbers) if (numbers[name] === number) return name;
  return undefined;
}
