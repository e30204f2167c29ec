/**
 * A few names of header fields, in lower case. Nearly every field of a message is told apart by
 * the length of its name alone, so few names have to be lowered to be compared.
 */
export class FieldNames {
  readonly #byLength: (readonly string[] | undefined)[] = [];

  constructor(names: readonly string[]) {
    for (const { length } of names) {
      this.#byLength[length] ??= names.filter((name) => name.length === length);
    }
  }

  /** Whether a field, as it was written, has one of the names. */
  has(field: string): boolean {
    const candidates = this.#byLength[field.length];
    return candidates?.includes(field.toLowerCase()) === true;
  }
}

/** Whether a field, as it was written, has the name `lowerCase`. */
export function isField(field: string, lowerCase: string): boolean {
  return field.length === lowerCase.length && field.toLowerCase() === lowerCase;
}

/** Whether the name of a field, as it was written, begins with `lowerCase`. */
export function hasPrefix(field: string, lowerCase: string): boolean {
  const { length } = lowerCase;
  // A first look at one letter; lowering it by a bit is right for letters and harms nothing else.
  if ((field.charCodeAt(0) | 0x20) !== lowerCase.charCodeAt(0)) return false;
  return field.slice(0, length).toLowerCase() === lowerCase;
}
