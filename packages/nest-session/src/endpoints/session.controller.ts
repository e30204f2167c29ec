import {
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Post,
  Query,
  Req,
  type Type,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { formatVersion } from '@understudy/replication';
import { SessionUsageError } from '../errors.js';
import type { SessionExchange } from '../exchange/session-exchange.js';
import { type AnyRequest, exchangeOf } from '../platform/exchange-registry.js';
import type { Principal } from '../session/principal.js';

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
  }
  return SessionController;
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
    principal,
    expiresAt: exchange.expiresAt?.toISOString() ?? null,
    csrfToken: snapshot ? (exchange.csrfToken ?? null) : null,
    revision: snapshot ? formatVersion(snapshot.version) : null,
  };
}
