/** What is wrong with a value, each with its path; empty when nothing is. */
export type Shape = (value: unknown, path: string) => readonly string[];

type Fields = Readonly<Record<string, Shape>>;

/** An object with no other fields than these; `required` are those it has to have. */
export function message(fields: Fields, required: readonly string[] = []): Shape {
  return (value, path) => {
    if (!isObject(value)) return [`${path} is no object`];
    const missing = required.filter((name) => !Object.hasOwn(value, name));
    return [
      ...missing.map((name) => `${path}.${name} is missing`),
      ...Object.entries(value).flatMap(([name, each]) => {
        const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
        return field?.(each, `${path}.${name}`) ?? [`${path}.${name} is no field`];
      }),
    ];
  };
}

/** A message of which exactly one of these fields is set besides the others. */
export function oneOfFields(choices: Fields, others: Fields = {}, required: string[] = []): Shape {
  const all = message({ ...choices, ...others }, required);
  return (value, path) => {
    const set = isObject(value) ? Object.keys(choices).filter((name) => name in value) : [];
    const fault = `${path} has ${set.join(', ') || 'none'} of ${Object.keys(choices).join(', ')}`;
    return [...all(value, path), ...(set.length === 1 ? [] : [fault])];
  };
}

export function list(item: Shape, atLeast = 1): Shape {
  return (value, path) => {
    if (!Array.isArray(value)) return [`${path} is no list`];
    const faults = value.flatMap((each, at) => item(each, `${path}[${at}]`));
    return value.length < atLeast ? [...faults, `${path} has fewer than ${atLeast}`] : faults;
  };
}

export function mapOf(item: Shape): Shape {
  return (value, path) =>
    isObject(value)
      ? Object.entries(value).flatMap(([key, each]) => item(each, `${path}[${key}]`))
      : [`${path} is no object`];
}

export function matching(pattern: RegExp): Shape {
  return (value, path) =>
    typeof value === 'string' && pattern.test(value) ? [] : [`${path} does not match ${pattern}`];
}

export function oneOf(...values: readonly unknown[]): Shape {
  return (value, path) => (values.includes(value) ? [] : [`${path} is ${JSON.stringify(value)}`]);
}

export function whole(from: number, to: number): Shape {
  return (value, path) =>
    Number.isInteger(value) && Number(value) >= from && Number(value) <= to
      ? []
      : [`${path} is no whole number from ${from} to ${to}`];
}

export const text = matching(/./);
export const flag = oneOf(true, false);

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
