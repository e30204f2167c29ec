import {
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Inject,
  NotFoundException,
  Param,
  Post,
  Query,
  Req,
  Res,
  type Type,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { formatVersion, type SessionSnapshot } from '@understudy/replication';
import { SessionUsageError } from '../errors.js';
import { type AnyResponse, nodeResponse } from '../event-stream/node-response.js';
import { SessionStreams } from '../event-stream/session-streams.js';
import type { SessionExchange } from '../exchange/session-exchange.js';
import type { NormalizedSessionOptions } from '../options/normalize-options.js';
import { type AnyRequest, exchangeOf } from '../platform/exchange-registry.js';
import type { Principal } from '../session/principal.js';
import { controlOf } from '../session/session-handle.js';
import { shownPrincipal } from '../session/shown-principal.js';
import { SessionService } from '../session.service.js';
import { NORMALIZED_OPTIONS } from '../tokens.js';
import { type DeviceView, deviceView, requireHandle } from './device-view.js';

/** What `GET /session` says; never the id. */
export interface SessionView {
  readonly authenticated: boolean;
  readonly principal: Principal | null;
  /** ISO instant; null without a session. */
  readonly expiresAt: string | null;
  readonly csrfToken: string | null;
  /** `epoch.seq`; null without a session. */
  readonly revision: string | null;
}

/** Makes the controller of the session's own endpoints (`docs/http.md`) for a path. */
export function sessionController(path: string): Type<unknown> {
  @Controller({ path, version: VERSION_NEUTRAL })
  class SessionController {
    constructor(
      @Inject(SessionService) private readonly sessions: SessionService,
      @Inject(SessionStreams) private readonly streams: SessionStreams,
      @Inject(NORMALIZED_OPTIONS) private readonly options: NormalizedSessionOptions,
    ) {}

    @Get()
    @Header('Cache-Control', 'no-store')
    async view(@Req() request: AnyRequest, @Query('csrf') csrf?: string): Promise<SessionView> {
      const exchange = required(request);
      if (csrf === '1') await exchange.ensure();
      return viewOf(exchange);
    }

    @Post('touch')
    @HttpCode(200)
    @Header('Cache-Control', 'no-store')
    async touch(@Req() request: AnyRequest): Promise<{ readonly expiresAt: string | null }> {
      const exchange = required(request);
      exchange.requireSession();
      await exchange.handle.touch();
      return { expiresAt: viewOf(exchange).expiresAt };
    }

    @Delete()
    @HttpCode(204)
    async end(@Req() request: AnyRequest): Promise<void> {
      await required(request).handle.logout();
    }

    /** What happens to the session, as server-sent events; listening does not keep it alive. */
    @Get('events')
    events(@Req() request: AnyRequest, @Res() response: AnyResponse): void {
      requireServer(this.options);
      const exchange = required(request);
      exchange.bePassive();
      exchange.requireSession();
      const { key } = exchange.snapshot as SessionSnapshot;
      this.streams.admit(key);
      this.streams.open(key, nodeResponse(response));
    }

    /** Where the principal is signed in, the oldest first. */
    @Get('devices')
    @Header('Cache-Control', 'no-store')
    async devices(@Req() request: AnyRequest): Promise<{ readonly devices: DeviceView[] }> {
      requireServer(this.options);
      const exchange = required(request);
      const listed = await this.sessions.list(exchange.requirePrincipal().id);
      const current = controlOf(exchange.handle).place()?.handle;
      return { devices: listed.map((each) => deviceView(each, current)) };
    }

    /** Ends one of them. Only of one's own list: another principal's handle ends nothing. */
    @Delete('devices/:handle')
    @HttpCode(204)
    async endDevice(@Req() request: AnyRequest, @Param('handle') text: string): Promise<void> {
      requireServer(this.options);
      const exchange = required(request);
      const { id: principal } = exchange.requirePrincipal();
      const handle = requireHandle(text);
      const isCurrent = controlOf(exchange.handle).place()?.handle === handle;
      if (isCurrent) await exchange.handle.logout();
      else await this.sessions.revoke({ principal, handle });
    }
  }
  return SessionController;
}

/**
 * Of sessions that their cookies carry nobody can tell anything (the failure prevented: a stream that is
 * silent for ever, for which a client waits).
 */
function requireServer({ store }: NormalizedSessionOptions): void {
  if (store?.inCookies) throw new NotFoundException(`not with ${store.name}`);
}

function required(request: AnyRequest): SessionExchange {
  const exchange = exchangeOf(request);
  if (!exchange) throw new SessionUsageError('there is no session here');
  return exchange;
}

function viewOf(exchange: SessionExchange): SessionView {
  const { snapshot, principal } = exchange;
  return {
    authenticated: principal !== null,
    principal: shownPrincipal(principal),
    expiresAt: exchange.expiresAt?.toISOString() ?? null,
    csrfToken: snapshot ? (exchange.csrfToken ?? null) : null,
    revision: snapshot ? formatVersion(snapshot.version) : null,
  };
}
