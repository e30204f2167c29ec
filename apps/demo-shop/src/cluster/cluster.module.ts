import { Global, Module } from '@nestjs/common';
import { SessionPlaces } from './session-places.js';
import { WhoAmIController } from './whoami.controller.js';

@Global()
@Module({
  controllers: [WhoAmIController],
  providers: [SessionPlaces],
  exports: [SessionPlaces],
})
export class ClusterModule {}
