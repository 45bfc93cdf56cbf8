"""Turns pictures and sentences into vectors; importing it makes transformers' Auto classes know FaceText."""

from smile.model.face_text import FaceText, FaceTextConfig, FaceTextOutput, build_face_text

__all__ = ["FaceText", "FaceTextConfig", "FaceTextOutput", "build_face_text"]
