import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as nestSession from '../../src/index.js';

const PACKAGE = fileURLToPath(new URL('../../', import.meta.url));

/** Types that examples name and that are no values. */
const TYPES = ['SessionData', 'SessionModuleOptions'];

/** A block of code in the documentation. */
export interface Snippet {
  /** Page and line, such as `README.md:15`. */
  readonly place: string;
  readonly code: string;
  /** Begins with `ts fragment`: a part of something, which is typechecked and not run. */
  readonly isFragment: boolean;
  /** Such as `as-guard.ts`, in `ts as-guard.ts`: what other examples import it by. */
  readonly fileName?: string;
}

/** Every block of TypeScript in the README and the pages beside it. */
export function findSnippets(): readonly Snippet[] {
  const pages = readdirSync(join(PACKAGE, 'docs')).filter((name) => name.endsWith('.md'));
  return ['README.md', ...pages.map((name) => `docs/${name}`)].flatMap((page) =>
    snippetsOf(page, readFileSync(join(PACKAGE, page), 'utf8')),
  );
}

export function snippetsOf(page: string, text: string): readonly Snippet[] {
  return [...text.matchAll(/^```ts(?: (fragment|[\w-]+\.ts))?\n(.*?)^```$/gms)].map((match) => {
    const [, mark, code = ''] = match;
    const isFragment = mark === 'fragment';
    return {
      place: `${page}:${text.slice(0, match.index).split('\n').length}`,
      code,
      isFragment,
      ...(mark && !isFragment ? { fileName: mark } : {}),
    };
  });
}

/** Snippets as files, in a folder from which the package is found under its name. */
export class SnippetFolder {
  readonly path = mkdtempSync(join(PACKAGE, '.snippets-'));

  constructor(snippets: readonly Snippet[]) {
    for (const snippet of snippets) writeFileSync(this.fileOf(snippet), sourceOf(snippet));
    writeFileSync(join(this.path, 'ambient.d.ts'), AMBIENT);
    writeFileSync(join(this.path, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  }

  fileOf({ place, fileName }: Snippet): string {
    return join(this.path, fileName ?? `${place.replace(/[^A-Za-z0-9]+/g, '-')}.ts`);
  }

  remove(): void {
    rmSync(this.path, { recursive: true });
  }
}

/** What fragments take for granted. */
const AMBIENT = `declare class ConfigService {
  getOrThrow<Value>(name: string): Value;
}
declare const Resolver: () => ClassDecorator;
declare const Query: (type: () => unknown) => MethodDecorator;
declare const Mutation: (type: () => unknown) => MethodDecorator;
declare class Int {}
declare const sessionShape: import('@understudy/nest-session').SessionSchemaOptions['schema'];
`;

const TSCONFIG = {
  extends: '../../../tsconfig.base.json',
  compilerOptions: { noEmit: true, types: ['node'] },
  include: ['*.ts'],
};

/** A fragment need not import what it names of this package; all else must stand as it is. */
function sourceOf({ code, isFragment }: Snippet): string {
  if (!isFragment) return code;
  const names = [...Object.keys(nestSession), ...TYPES].filter(
    (name) => new RegExp(`\\b${name}\\b`).test(code) && !importsOf(code).includes(name),
  );
  const declared = names.filter((name) => !new RegExp(`(interface|class) ${name}\\b`).test(code));
  return `import { ${declared.join(', ')} } from '@understudy/nest-session';\n${code}\nexport {};\n`;
}

function importsOf(code: string): string {
  return (code.match(/^import .*?;$/gms) ?? []).join('\n');
}
