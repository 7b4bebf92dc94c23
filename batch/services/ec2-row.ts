import type * as Ec2 from '@aws-sdk/client-ec2';
import type { Draft, Place } from '../core/model.js';
import type { ServiceAccess } from './define.js';
import { rowsOf } from './define.js';
import { arnOf, nameTag, propertiesOf, tagMap } from './fields.js';
import type { Client, Sdk } from './sdks.js';

type Access = ServiceAccess<Sdk<'EC2'>, Client<'EC2'>>;
export const row = rowsOf<Access>('EC2');
export const paging = (access: Access, pageSize: number) => ({ client: access.client(), pageSize });

type Rest = Partial<Omit<Draft, 'id'>> & { readonly owner?: string | undefined };

/** What all EC2 records share: tags in the item, the name as a tag, an ARN made of kind and id. */
export function draft(
  place: Place,
  kind: string,
  id: string,
  item: { Tags?: Ec2.Tag[] | undefined },
  rest: Rest,
): Draft {
  const { owner, ...own } = rest;
  const tags = tagMap(item.Tags);
  const arn = arnOf(place, 'ec2', `${kind}/${id}`, owner);
  const base = { state: null, createdAt: null, relations: [], properties: propertiesOf(item, 'Tags') };
  return { id, arn, name: nameTag(tags), tags, ...base, ...own };
}

export const groupIds = (groups: readonly Ec2.GroupIdentifier[] | undefined) =>
  (groups ?? []).map((group) => group.GroupId);
