import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as nestSession from '../../src/index.js';

const PACKAGE = fileURLToPath(new URL('../../', import.meta.url));
const REPOSITORY = join(PACKAGE, '..', '..');

/** Types that examples name and that are no values. */
const TYPES = ['SessionData', 'SessionModuleOptions'];

interface KnownNames {
  readonly names: readonly string[];
  readonly from: string;
}

const OWN_NAMES: KnownNames = {
  names: [...Object.keys(nestSession), ...TYPES],
  from: '@understudy/nest-session',
};

/** Pages of others, and the names that their examples need not import. None of them is run. */
const FOREIGN_PAGES: Readonly<Record<string, KnownNames>> = {
  'README.md': OWN_NAMES,
  'packages/client/README.md': { names: ['createSessionClient'], from: '@understudy/client' },
  'apps/balancer/README.md': { names: [], from: '@understudy/balancer' },
};

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

/** Those of the repository's README and of packages that have no test of their own for them. */
export function findForeignSnippets(): readonly Snippet[] {
  return Object.keys(FOREIGN_PAGES).flatMap((page) =>
    snippetsOf(page, readFileSync(join(REPOSITORY, page), 'utf8')).map(({ place, code }) => ({
      place: `/${place}`,
      code,
      isFragment: true,
    })),
  );
}

export function snippetsOf(page: string, text: string): readonly Snippet[] {
  const blocks = /^```ts(?: (fragment|[\w-]+\.ts))?\n(.*?)^```$/gms;
  return [...text.matchAll(blocks)].map((match) => {
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

/** Whether a fragment is settings for a module, with nothing in it that only an application has. */
export function isSettings({ code, isFragment, place }: Snippet): boolean {
  if (!isFragment || place.startsWith('/')) return false;
  return code.startsWith('SessionModule.forRoot(') && !code.includes('sessionShape');
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
declare const baseUrl: string;
declare function nodeTransport(): { fetch: typeof fetch };
declare function render(state: unknown): void;
declare const sessionShape: import('@understudy/nest-session').SessionSchemaOptions['schema'];
`;

const TSCONFIG = {
  extends: '../../../tsconfig.base.json',
  compilerOptions: { noEmit: true, types: ['node'], lib: ['es2023', 'dom', 'dom.iterable'] },
  include: ['*.ts'],
};

/** A fragment need not import what it names of its package; all else must stand as it is. */
function sourceOf(snippet: Snippet): string {
  const { code, isFragment, place } = snippet;
  if (!isFragment) return code;
  const { names, from } = FOREIGN_PAGES[place.replace(/^\/|:\d+$/g, '')] ?? OWN_NAMES;
  const named = names.filter(
    (name) => new RegExp(`\\b${name}\\b`).test(code) && !importsOf(code).includes(name),
  );
  const declared = named.filter((name) => !new RegExp(`(interface|class) ${name}\\b`).test(code));
  const body = isSettings(snippet) ? `export const settings = ${code}` : code;
  return `import { ${declared.join(', ')} } from '${from}';\n${body}\nexport {};\n`;
}

function importsOf(code: string): string {
  return (code.match(/^import .*?;$/gms) ?? []).join('\n');
}
