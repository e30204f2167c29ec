import { Body, Controller, Get, HttpCode, Module, Param, Post } from '@nestjs/common';
import {
  Authenticated,
  OnConflict,
  RequireSession,
  Session,
  SessionLock,
  SessionModule,
} from '../../src/index.js';
import type { TestAgent } from '../../src/testing/index.js';

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

interface Notes {
  notes?: Record<string, number>;
}

interface SignIn {
  readonly remember?: boolean;
  /** Milliseconds since 1970. */
  readonly until?: number;
}

/** Lets handlers go on when as many have come as are waited for, on whichever node. */
export class Barrier {
  #arrived = 0;
  #open: () => void = () => {};
  readonly #opened = new Promise<void>((resolve) => {
    this.#open = resolve;
  });

  constructor(readonly size: number) {}

  pass(): Promise<void> {
    if (++this.#arrived >= this.size) this.#open();
    return this.#opened;
  }
}

/** What handlers wait at; tests put another in its place. */
export const barrier = { current: new Barrier(0) };

@Controller()
class LifetimeController {
  @Get('notes')
  notes(@Session() session: Session<Notes>) {
    return session.notes ?? {};
  }

  @Post('notes/:name')
  @HttpCode(200)
  async note(@Session() session: Session<Notes>, @Param('name') name: string) {
    await barrier.current.pass();
    session.notes ??= {};
    session.notes[name] = 1;
    return session.notes;
  }

  @Post('locked/:name')
  @HttpCode(200)
  @SessionLock()
  locked(@Session() session: Session<Notes>, @Param('name') name: string) {
    session.notes = { ...session.notes, [name]: 1 };
  }

  @Post('exact/:name')
  @HttpCode(200)
  @OnConflict('reject')
  exact(@Session() session: Session<Notes>, @Param('name') name: string) {
    session.notes = { ...session.notes, [name]: 1 };
  }

  @Post('updates/:name')
  @HttpCode(200)
  async update(@Session() session: Session<Notes>, @Param('name') name: string) {
    await barrier.current.pass();
    await session.update((draft) => {
      draft.notes = { ...draft.notes, [name]: 1 };
    });
    return session.notes;
  }

  @Post('sign-in')
  @HttpCode(200)
  async signIn(@Session() session: Session<Notes>, @Body() { remember, until }: SignIn) {
    await session.login('ada', {
      remember,
      until: until === undefined ? undefined : new Date(until),
    });
  }

  @Post('rotate')
  @HttpCode(200)
  async rotate(@Session() session: Session<Notes>) {
    await session.rotate();
  }

  @Post('cookie/:name')
  @HttpCode(200)
  setCookie(
    @Session() session: Session<Notes>,
    @Param('name') name: string,
    @Body() { value }: { value: unknown },
  ) {
    const given = name === 'expires' && typeof value === 'number' ? new Date(value) : value;
    (session.cookie as unknown as Record<string, unknown>)[name] = given;
    return { maxAge: session.cookie.maxAge };
  }

  @Get('cookie')
  cookie(@Session() session: Session<Notes>) {
    return session.cookie;
  }

  @Get('needs-session')
  @RequireSession()
  needsSession() {
    return {};
  }

  @Get('me')
  @Authenticated()
  me(@Session() session: Session<Notes>) {
    return { id: session.principal?.id };
  }
}

@Module({ imports: [SessionModule.forRoot()], controllers: [LifetimeController] })
export class LifetimeModule {}

export function post(agent: TestAgent, path: string, body: object = {}): Promise<Response> {
  return agent.fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** The cookie of this name as a response sets it. */
export function setCookieOf(response: Response, name: string): string | undefined {
  return response.headers.getSetCookie().find((cookie) => cookie.startsWith(`${name}=`));
}

/** The ids that responses give. */
export function idsOf(responses: readonly Response[]): ReadonlySet<string> {
  const cookies = responses.map((response) => setCookieOf(response, 'sid'));
  return new Set(
    cookies.flatMap((cookie) => (cookie ? [cookie.slice(4).split('.')[0] ?? ''] : [])),
  );
}
