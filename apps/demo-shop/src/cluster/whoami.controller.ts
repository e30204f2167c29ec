import { Controller, Get, Header, Inject, Req } from '@nestjs/common';
import type { Principal } from '@understudy/nest-session';
import type { ShopRequest } from '../pages/page-contexts.js';
import type { ShopSettings } from '../settings.js';
import { SETTINGS } from '../settings.token.js';
import { SessionPlaces } from './session-places.js';

export interface WhoAmI {
  /** The node that answers. */
  readonly node: string;
  readonly pid: number;
  readonly principal: Principal | null;
  /** The next three are null, or empty, while there is no session. */
  readonly revision: string | null;
  readonly owner: string | null;
  readonly backups: readonly string[];
}

/** Who answers, who asks, and where the session between them lives. */
@Controller('api/whoami')
export class WhoAmIController {
  constructor(
    @Inject(SETTINGS) private readonly settings: ShopSettings,
    private readonly places: SessionPlaces,
  ) {}

  @Get()
  @Header('Cache-Control', 'private, no-store')
  async whoAmI(@Req() request: ShopRequest): Promise<WhoAmI> {
    const place = await this.places.of(request);
    return {
      node: this.settings.nodeId,
      pid: process.pid,
      principal: request.session?.principal ?? null,
      revision: place?.revision ?? null,
      owner: place?.owner ?? null,
      backups: place?.backups ?? [],
    };
  }
}
