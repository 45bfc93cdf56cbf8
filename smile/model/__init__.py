"""Turns images and sentences into embeddings; after its import, transformers' Auto classes know FaceText."""

from smile.model.face_text import FaceText, FaceTextConfig, FaceTextOutput, build_face_text

__all__ = ["FaceText", "FaceTextConfig", "FaceTextOutput", "build_face_text"]
