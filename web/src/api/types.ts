/** Answers of the server by the route that gives them, so that a renamed model changes nothing here. */
import type { paths } from './schema';

type Json<Answer> = Answer extends { content: { 'application/json': infer Body } } ? Body : never;

export type Session = Json<paths['/api/energy/session']['get']['responses'][200]>;
export type Membership = Session['memberships'][number];
/** What holds for everybody in an organisation. */
export type TenantPreferences = Session['tenants'][number]['preferences'];
/** How a person likes their screens. */
export type PersonPreferences = Session['preferences'];
export type SignInBody = Json<paths['/api/energy/session']['post']['requestBody']>;
export type SignInOptions = Json<paths['/api/energy/session/options']['get']['responses'][200]>;
export type Overview = Json<paths['/api/energy/overview']['get']['responses'][200]>;
export type SiteRow = Overview['sites'][number];
export type Consumption = Json<paths['/api/energy/consumption/{asset_id}']['get']['responses'][200]>;
export type ConsumptionQuery = NonNullable<paths['/api/energy/consumption/{asset_id}']['get']['parameters']['query']>;
export type Carrier = Consumption['carrier'];
export type Resolution = Consumption['resolution'];
export type AssetCard = Json<paths['/api/energy/assets/{asset_id}']['get']['responses'][200]>;
export type MeterCard = Json<paths['/api/energy/meters/{meter_id}']['get']['responses'][200]>;
export type SiteHealth = Json<paths['/api/energy/data-health']['get']['responses'][200]>['sites'][number];
export type Recent = Json<paths['/api/energy/meters/{meter_id}/recent']['get']['responses'][200]>;
export type SearchHit = Json<paths['/api/energy/search']['get']['responses'][200]>['results'][number];
