import { Module } from '@nestjs/common';
import { CatalogueController } from './catalogue.controller.js';
import { CatalogueApiController } from './catalogue-api.controller.js';

@Module({ controllers: [CatalogueController, CatalogueApiController] })
export class CatalogueModule {}
