import { Controller, Get, Param, Query, Res, StreamableFile } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ShopProblem } from '../problem.js';
import { Assets } from './assets.js';

/** Style sheet, script and icon. They use no session, so a cache may keep them. */
@Controller('assets')
export class AssetsController {
  constructor(
    private readonly assets: Assets,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  @Get(':name')
  asset(
    @Param('name') name: string,
    @Query('v') digest: string | undefined,
    @Res({ passthrough: true }) response: unknown,
  ): StreamableFile {
    const asset = this.assets.find(name);
    if (asset === undefined) throw new ShopProblem('not-found', `There is no file ${name}.`);
    // Only the address with the right digest means these bytes for ever.
    const isCurrent = digest !== undefined && asset.address.endsWith(`=${digest}`);
    const caching = isCurrent ? 'public, max-age=31536000, immutable' : 'public, max-age=60';
    this.adapterHost.httpAdapter.setHeader(response, 'Cache-Control', caching);
    this.adapterHost.httpAdapter.setHeader(response, 'X-Content-Type-Options', 'nosniff');
    return new StreamableFile(asset.body, {
      type: asset.contentType,
      length: asset.body.length,
    });
  }
}
