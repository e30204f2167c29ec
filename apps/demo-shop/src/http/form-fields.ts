/**
 * The fields of a form as text. A field that came twice, or as anything else than text, is left
 * out: no form of ours sends such a thing. The CSRF token is not the application's business.
 */
export function formFields(body: unknown): Readonly<Record<string, string>> {
  if (typeof body !== 'object' || body === null) return {};
  const fields = Object.entries(body).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && entry[0] !== '_csrf',
  );
  return Object.fromEntries(fields);
}

/** A whole number from a form field; undefined when it is none, or out of range. */
export function wholeNumber(text: string | undefined, max: number): number | undefined {
  if (text === undefined || !/^\d{1,9}$/.test(text.trim())) return undefined;
  const number = Number(text);
  return number <= max ? number : undefined;
}
