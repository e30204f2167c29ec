import { Global, Module } from '@nestjs/common';
import { AssetsController } from './assets.controller.js';
import { Assets } from './assets.js';
import { PageInterceptor } from './page.interceptor.js';
import { PageContexts } from './page-contexts.js';
import { PageRenderer } from './page-renderer.js';
import { ShopExceptionFilter } from './shop-exception.filter.js';

@Global()
@Module({
  controllers: [AssetsController],
  providers: [Assets, PageContexts, PageInterceptor, PageRenderer, ShopExceptionFilter],
  exports: [PageContexts, PageInterceptor, PageRenderer],
})
export class PagesModule {}
