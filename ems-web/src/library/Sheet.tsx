import {
  type CollisionDetection,
  DndContext,
  type DragEndEvent,
  DragOverlay,
  type DragStartEvent,
  KeyboardSensor,
  PointerSensor,
  pointerWithin,
  useDraggable,
  useDroppable,
  useSensor,
  useSensors,
} from "@dnd-kit/core";
import {
  SortableContext,
  sortableKeyboardCoordinates,
  useSortable,
  verticalListSortingStrategy,
} from "@dnd-kit/sortable";
import { CSS } from "@dnd-kit/utilities";
import { Card, EmptyState, IconButton } from "@ems/ui";
import { ChartColumn, Copy, FileText, Gauge, GripVertical, Pilcrow, Table2, Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { BlockPreview } from "./BlockPreview";
import { BLOCK_KINDS, type BlockKind, type EditedBlock, type EditedDocument } from "./blocks";
import { findOrderable } from "./orders";

const ICONS: Record<BlockKind, ReactNode> = {
  text: <Pilcrow size={16} />,
  kpi: <Gauge size={16} />,
  chart: <ChartColumn size={16} />,
  table: <Table2 size={16} />,
  whole: <FileText size={16} />,
};

const NEW = "new:";
const SHEET = "sheet";
/** Pixels a pointer moves before it drags; less is a press. */
const SLACK_PX = 6;

function kindOf(id: unknown): BlockKind | undefined {
  const text = String(id);
  return text.startsWith(NEW) ? BLOCK_KINDS.find((kind) => `${NEW}${kind}` === text) : undefined;
}

/**
 * The block whose upper or lower edge is nearest: moved by keyboard, a block is put edge on edge with the next
 * one, and centres would mislead where a tall block passes a short one.
 */
const nearestEdge: CollisionDetection = ({ droppableContainers, droppableRects, collisionRect }) =>
  droppableContainers
    .flatMap((droppableContainer) => {
      const rect = droppableRects.get(droppableContainer.id);
      if (!rect) return [];
      const value = Math.min(
        Math.abs(rect.top - collisionRect.top),
        Math.abs(rect.bottom - collisionRect.bottom),
      );
      return [{ id: droppableContainer.id, data: { droppableContainer, value } }];
    })
    .sort((a, b) => a.data.value - b.data.value);

/** Blocks go where the pointer is, new ones also between or below; by keyboard to the nearest edge. */
const collide: CollisionDetection = (args) => {
  const blocks = {
    ...args,
    droppableContainers: args.droppableContainers.filter((container) => container.id !== SHEET),
  };
  const isNew = kindOf(args.active.id) !== undefined;
  const below = args.pointerCoordinates ? pointerWithin(blocks) : [];
  if (below.length > 0) return below;
  return isNew ? pointerWithin(args) : nearestEdge(blocks);
};

function PaletteItem({ kind, onAdd }: { kind: BlockKind; onAdd: (kind: BlockKind) => void }) {
  const { t } = useTranslation();
  const { setNodeRef, listeners } = useDraggable({ id: `${NEW}${kind}` });
  return (
    <button
      ref={setNodeRef}
      type="button"
      className="palette-item"
      // With the pointer it is dragged; a press, or Enter, puts it at the end.
      onPointerDown={(event) => listeners?.onPointerDown?.(event)}
      onClick={() => onAdd(kind)}
    >
      {ICONS[kind]} {t(`library.blocks.${kind}`)}
    </button>
  );
}

/** Name of a block: its title, else its report's, else the begin of its text. */
export function useBlockName(): (block: EditedBlock) => string {
  const { t } = useTranslation();
  return (block) => {
    const report = block.report && findOrderable(block.report.kind);
    return block.title || (report ? t(report.name) : block.text.slice(0, 40)) || t("library.blocks.text");
  };
}

interface BlockCardProps {
  block: EditedBlock;
  document: EditedDocument;
  isChosen: boolean;
  onChoose: () => void;
  onCopy: () => void;
  onRemove: () => void;
}

function BlockCard({ block, document, isChosen, onChoose, onCopy, onRemove }: BlockCardProps) {
  const { t } = useTranslation();
  const name = useBlockName()(block);
  const { attributes, listeners, setNodeRef, setActivatorNodeRef, transform, transition, isDragging } =
    useSortable({ id: block.key });
  const style = { transform: CSS.Transform.toString(transform), transition };
  return (
    <li
      ref={setNodeRef}
      style={style}
      className={`block ${isChosen ? "block--chosen" : ""} ${isDragging ? "block--lifted" : ""}`}
    >
      <div className="block__head">
        <button
          ref={setActivatorNodeRef}
          type="button"
          className="block__grip"
          {...attributes}
          {...listeners}
          aria-label={t("library.move", { name })}
        >
          <GripVertical size={16} aria-hidden="true" />
        </button>
        <button type="button" className="block__name" aria-pressed={isChosen} onClick={onChoose}>
          {name}
        </button>
        <IconButton label={t("library.copy", { name })} icon={<Copy size={16} />} onClick={onCopy} />
        <IconButton label={t("library.remove", { name })} icon={<Trash2 size={16} />} onClick={onRemove} />
      </div>
      {block.text && <p className="block__text">{block.text}</p>}
      {block.report && <BlockPreview block={block} document={document} />}
    </li>
  );
}

interface SheetListProps {
  isEmpty: boolean;
  /** A new block can be dropped; those of the sheet change places among themselves. */
  isOpen: boolean;
  children: ReactNode;
}

function SheetList({ isEmpty, isOpen, children }: SheetListProps) {
  const { t } = useTranslation();
  const { setNodeRef, isOver } = useDroppable({ id: SHEET, disabled: !isOpen });
  return (
    <ol ref={setNodeRef} className={`sheet ${isOver ? "sheet--over" : ""}`}>
      {isEmpty ? (
        <li>
          <EmptyState title={t("library.noBlocks")} text={t("library.noBlocksText")} />
        </li>
      ) : (
        children
      )}
    </ol>
  );
}

/** What a screen reader says while blocks are moved. */
function useSpoken(blocks: readonly EditedBlock[]) {
  const { t } = useTranslation();
  const nameOf = useBlockName();
  const name = (id: unknown) => {
    const block = blocks.find((one) => one.key === id);
    const kind = kindOf(id);
    return block ? nameOf(block) : kind ? t(`library.blocks.${kind}`) : "";
  };
  const place = (id: unknown) => blocks.findIndex((one) => one.key === id) + 1;
  return {
    screenReaderInstructions: { draggable: t("library.howToMove") },
    announcements: {
      onDragStart: ({ active }: { active: { id: unknown } }) =>
        t("library.lifted", { name: name(active.id) }),
      onDragOver: ({ active, over }: { active: { id: unknown }; over: { id: unknown } | null }) =>
        over ? t("library.over", { name: name(active.id), place: place(over.id) }) : undefined,
      onDragEnd: ({ active, over }: { active: { id: unknown }; over: { id: unknown } | null }) =>
        over
          ? t("library.dropped", { name: name(active.id), place: place(over.id) })
          : t("library.putBack", { name: name(active.id) }),
      onDragCancel: ({ active }: { active: { id: unknown } }) =>
        t("library.putBack", { name: name(active.id) }),
    },
  };
}

export interface SheetProps {
  document: EditedDocument;
  chosen: string;
  onChoose: (key: string) => void;
  onAdd: (kind: BlockKind, at: number) => void;
  onMove: (from: number, to: number) => void;
  onCopy: (block: EditedBlock) => void;
  onRemove: (block: EditedBlock) => void;
}

/** The palette of blocks and the sheet they are put on: by pointer, touch or keyboard. */
export function Sheet({ document, chosen, onChoose, onAdd, onMove, onCopy, onRemove }: SheetProps) {
  const { t } = useTranslation();
  const { blocks } = document;
  const [lifted, setLifted] = useState<BlockKind>();
  const spoken = useSpoken(blocks);
  const sensors = useSensors(
    useSensor(PointerSensor, { activationConstraint: { distance: SLACK_PX } }),
    useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates, scrollBehavior: "auto" }),
  );
  const indexOf = (id: unknown) => blocks.findIndex((block) => block.key === id);
  const onDragEnd = ({ active, over }: DragEndEvent) => {
    setLifted(undefined);
    if (!over) return;
    const kind = kindOf(active.id);
    const at = indexOf(over.id);
    if (kind) onAdd(kind, at < 0 ? blocks.length : at);
    else if (at >= 0) onMove(indexOf(active.id), at);
  };
  return (
    <DndContext
      sensors={sensors}
      collisionDetection={collide}
      accessibility={spoken}
      onDragStart={({ active }: DragStartEvent) => setLifted(kindOf(active.id))}
      onDragCancel={() => setLifted(undefined)}
      onDragEnd={onDragEnd}
    >
      <Card title={t("library.palette")} className="builder__palette">
        <p className="muted">{t("library.paletteHint")}</p>
        <div className="palette-items">
          {BLOCK_KINDS.map((kind) => (
            <PaletteItem key={kind} kind={kind} onAdd={(wanted) => onAdd(wanted, blocks.length)} />
          ))}
        </div>
      </Card>
      <Card title={t("library.sheet")} className="builder__sheet">
        <SortableContext items={blocks.map((block) => block.key)} strategy={verticalListSortingStrategy}>
          <SheetList isEmpty={blocks.length === 0} isOpen={lifted !== undefined}>
            {blocks.map((block) => (
              <BlockCard
                key={block.key}
                block={block}
                document={document}
                isChosen={block.key === chosen}
                onChoose={() => onChoose(block.key)}
                onCopy={() => onCopy(block)}
                onRemove={() => onRemove(block)}
              />
            ))}
          </SheetList>
        </SortableContext>
      </Card>
      <DragOverlay dropAnimation={null}>
        {lifted && (
          <span className="palette-item palette-item--lifted">
            {ICONS[lifted]} {t(`library.blocks.${lifted}`)}
          </span>
        )}
      </DragOverlay>
    </DndContext>
  );
}
